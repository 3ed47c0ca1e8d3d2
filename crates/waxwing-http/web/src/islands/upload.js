// Sends a file form with a progress bar: `data-upload` on the form. Without script the browser
// sends it as usual. The server answers with `HX-Redirect`; we go where it points.
export function startUploads(form) {
  const drop = form.querySelector(".drop");
  const file = form.querySelector('input[type="file"]');
  drop?.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop?.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop?.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (file && event.dataTransfer.files.length) file.files = event.dataTransfer.files;
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}

function send(form) {
  const place = form.querySelector("[data-upload-progress]");
  const bar = place?.querySelector("progress");
  const words = place?.querySelector("[data-upload-words]");
  const buttons = [...form.querySelectorAll("button")];
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("HX-Request", "true");
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable || !bar) return;
    bar.max = event.total;
    bar.value = event.loaded;
    if (words) words.textContent = `${Math.floor((100 * event.loaded) / event.total)} % sent`;
  });
  const failed = (text) => {
    for (const button of buttons) button.disabled = false;
    if (words) words.textContent = text;
  };
  request.addEventListener("error", () => failed("The connection was lost. Nothing was kept; send it again."));
  request.addEventListener("load", () => {
    if (request.status < 400) location.assign(request.getResponseHeader("HX-Redirect") ?? request.responseURL);
    else failed(reason(request));
  });
  for (const button of buttons) button.disabled = true;
  if (place) place.hidden = false;
  request.send(new FormData(form));
}

/** The sentence of the server's error page. */
function reason(request) {
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  return page.querySelector("[data-reason]")?.textContent.trim() ?? `The server refused it (${request.status}).`;
}
