// Bulk actions: counts the ticked boxes of a form and enables its actions.
// `data-ticks` on the form; `data-ticks-all` on the master box; `data-ticks-count` where the count goes.
export function startTicks(form) {
  const boxes = () => [...form.querySelectorAll('tbody input[type="checkbox"]')];
  const all = form.querySelector("[data-ticks-all]");
  const update = () => {
    const ticked = boxes().filter((box) => box.checked).length;
    for (const place of form.querySelectorAll("[data-ticks-count]")) place.textContent = ticked.toLocaleString();
    for (const button of form.querySelectorAll("[data-ticks-action]")) button.disabled = ticked === 0;
    if (all) {
      all.checked = ticked > 0 && ticked === boxes().length;
      all.indeterminate = ticked > 0 && !all.checked;
    }
  };
  all?.addEventListener("change", () => {
    for (const box of boxes()) box.checked = all.checked;
    update();
  });
  form.addEventListener("change", update);
  update();
}
