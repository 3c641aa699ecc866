// Conditions and groups are dragged by their grip and dropped before or behind others, or into a group.

export function dragging(stage, { move, isInside }) {
  let dragged = null;
  let goal = null;

  const clear = () => {
    stage.querySelectorAll(".drop-before, .drop-after, .drop-into, .is-dragged").forEach((one) => one.classList.remove("drop-before", "drop-after", "drop-into", "is-dragged"));
    goal = null;
  };

  stage.addEventListener("dragstart", (event) => {
    const row = event.target.closest?.(".rb-grip")?.closest("[data-id]");
    if (!row) return;
    dragged = row.dataset.id;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged);
    event.dataTransfer.setDragImage(row, 12, 12);
    row.classList.add("is-dragged");
  });

  stage.addEventListener("dragover", (event) => {
    if (!dragged) return;
    const row = event.target.closest("[data-id]");
    if (!row) return;
    const list = row.parentElement.closest("[data-group]");
    const isGroup = row.classList.contains("rb-group");
    const inner = isGroup ? row.querySelector(":scope > [data-group]") : null;
    const box = row.getBoundingClientRect();
    const share = (event.clientY - box.top) / box.height;
    const isEdge = list && (!isGroup || event.clientY - box.top < 12 || box.bottom - event.clientY < 12);
    const groupId = isEdge ? list.dataset.group : inner?.dataset.group;
    if (!groupId || row.dataset.id === dragged || isInside(dragged, groupId)) return;
    event.preventDefault();
    stage.querySelectorAll(".drop-before, .drop-after, .drop-into").forEach((one) => one.classList.remove("drop-before", "drop-after", "drop-into"));
    const place = isEdge ? [...list.children].indexOf(row) + (share > 0.5 ? 1 : 0) : inner.children.length;
    row.classList.add(isEdge ? (share > 0.5 ? "drop-after" : "drop-before") : "drop-into");
    goal = { groupId, place };
  });

  stage.addEventListener("drop", (event) => {
    if (!dragged || !goal) return;
    event.preventDefault();
    const [id, { groupId, place }] = [dragged, goal];
    dragged = null;
    clear();
    move(id, groupId, place);
  });

  stage.addEventListener("dragend", () => {
    dragged = null;
    clear();
  });
}
