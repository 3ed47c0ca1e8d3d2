// Turns `textarea[data-editor="html|markdown|text"]` into a code editor. The textarea stays the
// truth: it is filled on every change, so that the form submits as without script.
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { html } from "@codemirror/lang-html";
import { markdown } from "@codemirror/lang-markdown";
import { HighlightStyle, bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// The editor lives in a shadow root: only there does it bring its styles as constructed style
// sheets, which the policy allows; in the page it would add a <style>, which the policy refuses.
// The tokens of the page reach into it, so light and dark need no second theme.
const look = EditorView.theme({
  "&": { height: "32rem", maxHeight: "75vh", fontSize: "0.8125rem", color: "var(--ink)", background: "var(--surface)",
    border: "1px solid var(--edge)", borderRadius: "var(--radius)", overflow: "hidden" },
  "&.cm-focused": { outline: "2px solid var(--slate)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55" },
  ".cm-gutters": { background: "var(--raised)", color: "var(--quiet)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine": { background: "color-mix(in srgb, var(--raised) 55%, transparent)" },
  ".cm-activeLineGutter": { background: "var(--line)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-content": { caretColor: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
    { background: "color-mix(in srgb, var(--slate) 30%, transparent)" },
  "&.cm-focused .cm-matchingBracket": { background: "color-mix(in srgb, var(--pine) 30%, transparent)" },
});

const colours = HighlightStyle.define([
  { tag: [tags.tagName, tags.keyword, tags.heading], color: "var(--slate)" },
  { tag: [tags.attributeName, tags.propertyName, tags.link], color: "var(--pine)" },
  { tag: [tags.attributeValue, tags.string, tags.url], color: "var(--wax)" },
  { tag: [tags.comment, tags.angleBracket, tags.processingInstruction], color: "var(--quiet)" },
  { tag: [tags.strong, tags.heading], fontWeight: "700" },
  { tag: tags.emphasis, fontStyle: "italic" },
]);

// MJML is XML-like enough for the HTML grammar once its tags count as ordinary ones.
const languages = { html: () => html({ matchClosingTags: false }), markdown: () => markdown(), text: () => [] };

export function startEditor(textarea) {
  const language = languages[textarea.dataset.editor] ?? languages.text;
  const label = textarea.labels?.[0]?.textContent ?? "Content";
  const host = document.createElement("div");
  host.className = "editor-host";
  const root = host.attachShadow({ mode: "open" });
  const view = new EditorView({
    root,
    parent: root,
    doc: textarea.value,
    extensions: [
      lineNumbers(), history(), drawSelection(), highlightActiveLine(), highlightActiveLineGutter(), bracketMatching(),
      syntaxHighlighting(colours), EditorView.lineWrapping, look, language(),
      // Escape, then Tab leaves the editor: the keyboard is never trapped.
      keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
      // The tabindex says in so many words what contenteditable implies: not every aid infers it.
      EditorView.contentAttributes.of({ "aria-label": label.trim(), spellcheck: "true", tabindex: "0" }),
      EditorState.readOnly.of(textarea.readOnly),
      EditorView.updateListener.of((update) => {
        if (!update.docChanged) return;
        textarea.value = update.state.doc.toString();
        textarea.dispatchEvent(new Event("input", { bubbles: true }));
      }),
    ],
  });
  textarea.hidden = true;
  textarea.after(host);
  for (const name of textarea.labels ?? []) name.addEventListener("click", () => view.focus());
}
