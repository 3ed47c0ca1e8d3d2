// Starts the islands of a page. Every page works without them; they make it quicker.
//
// An island is named by an attribute (`data-editor`, `data-chart`, …) and is started once for
// each element, also for those that arrive later in a fragment.

import "htmx.org";
import { startConfirm } from "./islands/confirm.js";
import { startCopy } from "./islands/copy.js";
import { startMoments } from "./islands/moments.js";
import { startPasskey } from "./islands/passkey.js";
import { startReveal } from "./islands/reveal.js";
import { startTheme } from "./islands/theme.js";
import { startTicks } from "./islands/ticks.js";
import { startUploads } from "./islands/upload.js";
import { startGuarded } from "./islands/unsaved.js";

const started = new WeakSet();

/** Calls `start` once for each matching element under `root`. */
function each(root, selector, start) {
  for (const element of root.querySelectorAll(selector)) {
    if (started.has(element)) continue;
    started.add(element);
    start(element);
  }
}

function startAll(root) {
  each(root, "[data-moment]", startMoments);
  each(root, "[data-copy]", startCopy);
  each(root, "[data-theme-switch]", startTheme);
  each(root, "[data-ticks]", startTicks);
  each(root, "form[data-upload]", startUploads);
  each(root, "input[type=password]", startReveal);
  each(root, "form[data-unsaved]", startGuarded);
  each(root, "form[data-passkey], form[data-passkey-from]", startPasskey);
  // The two heavy ones come only where they are needed.
  each(root, "textarea[data-editor]", (element) =>
    import("./islands/editor.js").then((island) => island.startEditor(element)));
  each(root, "[data-preview]", (element) =>
    import("./islands/preview.js").then((island) => island.startPreview(element)));
  each(root, "[data-chart]", (element) =>
    import("./islands/chart.js").then((island) => island.startChart(element)));
}

startConfirm(document);
startAll(document);
new MutationObserver((changes) => {
  if (changes.some((change) => change.addedNodes.length)) startAll(document);
}).observe(document.body, { childList: true, subtree: true });
