// Turns `textarea[data-editor="html|markdown|text"]` into a code editor. The textarea stays the
// truth: it is filled on every change, so that the form submits as without script.
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { html } from "@codemirror/lang-html";
import { markdown } from "@codemirror/lang-markdown";
import { bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { tagHighlighter, tags } from "@lezer/highlight";

// Classes of our own style sheet, so that light and dark need no second theme.
const colours = tagHighlighter([
  { tag: [tags.tagName, tags.keyword, tags.heading], class: "hl-tag" },
  { tag: [tags.attributeName, tags.propertyName, tags.link], class: "hl-name" },
  { tag: [tags.attributeValue, tags.string, tags.url], class: "hl-text" },
  { tag: [tags.comment, tags.angleBracket, tags.processingInstruction], class: "hl-quiet" },
  { tag: tags.strong, class: "hl-strong" },
  { tag: tags.emphasis, class: "hl-emphasis" },
]);

// MJML is XML-like enough for the HTML grammar once its tags count as ordinary ones.
const languages = { html: () => html({ matchClosingTags: false }), markdown: () => markdown(), text: () => [] };

export function startEditor(textarea) {
  const language = languages[textarea.dataset.editor] ?? languages.text;
  const label = textarea.labels?.[0]?.textContent ?? "Content";
  const view = new EditorView({
    doc: textarea.value,
    extensions: [
      lineNumbers(), history(), drawSelection(), highlightActiveLine(), highlightActiveLineGutter(), bracketMatching(),
      syntaxHighlighting(colours), EditorView.lineWrapping, language(),
      // Escape, then Tab leaves the editor: the keyboard is never trapped.
      keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
      EditorView.contentAttributes.of({ "aria-label": label.trim(), spellcheck: "true" }),
      EditorState.readOnly.of(textarea.readOnly),
      EditorView.updateListener.of((update) => {
        if (!update.docChanged) return;
        textarea.value = update.state.doc.toString();
        textarea.dispatchEvent(new Event("input", { bubbles: true }));
      }),
    ],
  });
  textarea.hidden = true;
  textarea.after(view.dom);
  for (const name of textarea.labels ?? []) name.addEventListener("click", () => view.focus());
}
