// The live preview: `data-preview="/path"` beside a form named by `data-preview-form="id"`.
//
// It posts the form to the path, which answers with JSON {"url": "/path/of/one/preview"}, and
// points the sandboxed frame there. Typing is answered after a pause; only the newest answer counts.
const PAUSE = 400;

export function startPreview(box) {
  const form = document.getElementById(box.dataset.previewForm);
  const frame = box.querySelector("iframe");
  const words = box.querySelector("[data-preview-words]");
  if (!form || !frame) return;
  let timer;
  let newest = 0;
  const refresh = async () => {
    const mine = ++newest;
    const say = (text) => {
      if (words && mine === newest) words.textContent = text;
    };
    try {
      const answer = await fetch(box.dataset.preview, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { accept: "application/json" } });
      const body = await answer.json().catch(() => ({}));
      if (mine !== newest) return;
      if (!answer.ok || !body.url) return say(body.error ?? body.detail ?? `The preview was refused (${answer.status}).`);
      frame.src = body.url;
      say(body.note ?? "Up to date");
    } catch {
      say("The server does not answer; the text is still here.");
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, PAUSE);
  });
  box.querySelector("[data-preview-width]")?.addEventListener("click", () => box.classList.toggle("narrow"));
  refresh();
}
