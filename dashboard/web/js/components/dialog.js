// One modal dialog at a time, on the platform's own <dialog>: focus, Escape and the backdrop come with it.
import { html, signal, useEffect, useRef, useState } from "../lib.js";

const current = signal(/** @type {any} */ (null));

/** @param {any} content a vnode, usually of <Dialog> */
export const openDialog = (content) => {
  current.value = content;
};
export const closeDialog = () => {
  current.value = null;
};
export const DialogHost = () => current.value;

/**
 * @param {{title: string, children: any, action?: string, danger?: boolean, disabled?: boolean, onConfirm?: () => Promise<boolean|void>|boolean|void}} props
 * onConfirm: false keeps the dialog open
 */
export function Dialog({ title, children, action, danger = false, disabled = false, onConfirm }) {
  const box = useRef(/** @type {HTMLDialogElement|null} */ (null));
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    const before = /** @type {HTMLElement|null} */ (document.activeElement);
    const dialog = box.current;
    dialog?.showModal();
    // One that Escape has closed gave the focus back itself, and this page hears of it later: the person may have gone on by then.
    return () => {
      if (dialog?.open) before?.focus?.();
    };
  }, []);
  const confirm = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (busy || disabled) return;
    setBusy(true);
    const keep = (await onConfirm?.()) === false;
    setBusy(false);
    if (!keep) closeDialog();
  };
  return html`<dialog ref=${box} aria-labelledby="dialog-title" onClose=${closeDialog}>
    <form method="dialog" onSubmit=${confirm}><h2 id="dialog-title">${title}</h2>${children}
      <div class="actions"><button type="button" onClick=${closeDialog}>${action ? "Cancel" : "Close"}</button>
        ${action ? html`<button type="submit" class=${danger ? "danger solid" : "primary"} disabled=${busy || disabled}>${busy ? "Requested…" : action}</button>` : ""}</div></form></dialog>`;
}
