"""Make the sound of the inbox: two soft tones, console/static/chime.wav."""

import math
import struct
import wave
from pathlib import Path

PLACE = Path(__file__).parent.parent / "console/static/chime.wav"
RATE = 16000
TONES = ((0.0, 659.25), (0.11, 987.77))
"""When each begins, in seconds, and its pitch in Hz."""
LENGTH_S = 0.5
LOUDNESS = 0.22


def sample(at: float) -> float:
    """Return the sound at a moment, between -1 and 1."""
    return sum(
        math.sin(math.tau * pitch * (at - begin)) * math.exp(-9 * (at - begin)) * min(1.0, (at - begin) * 200)
        for begin, pitch in TONES
        if at >= begin
    )


def main() -> None:
    with wave.open(str(PLACE), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        count = int(RATE * LENGTH_S)
        values = (int(32767 * LOUDNESS * sample(number / RATE)) for number in range(count))
        file.writeframes(b"".join(struct.pack("<h", value) for value in values))


if __name__ == "__main__":
    main()
