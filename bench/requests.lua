-- Each request once, in the order of the file: a signature on one line, its body on the next.
local requests = {}
local sent = 0

function init(args)
   local signature = nil
   for line in io.lines(os.getenv("BENCH_REQUESTS")) do
      if signature == nil then
         signature = line
      else
         local headers = {
            ["Content-Type"] = "application/json; charset=utf-8",
            ["X-Line-Signature"] = signature,
            ["User-Agent"] = "LineBotWebhook/2.0",
         }
         requests[#requests + 1] = wrk.format("POST", "/callback", headers, line)
         signature = nil
      end
   end
end

function request()
   sent = sent + 1
   if sent >= #requests then
      wrk.thread:stop()  -- nothing is sent twice: a repeated event is less work
   end
   return requests[math.min(sent, #requests)]
end

function done(summary, latency, counts)
   local failed = summary.errors
   io.write(string.format(
      '{"requests": %d, "us": %d, "p50_us": %d, "p99_us": %d, "max_us": %d, "refused": %d, "broken": %d}\n',
      summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
      failed.status, failed.connect + failed.read + failed.write + failed.timeout
   ))
end
