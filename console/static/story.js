// A story opens at its newest line, as a chat does.
for (const story of document.querySelectorAll("[data-story]")) story.scrollTop = story.scrollHeight;
