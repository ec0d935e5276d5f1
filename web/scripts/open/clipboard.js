/** The clipboard, as far as a browser lets a page have it. */

/**
 * Copy a text; where the browser refuses, mark it, so that its reader can copy it.
 * @param {string} text
 * @param {Element} shown what shows the text
 * @returns {Promise<boolean>} whether it was copied
 */
export async function copy(text, shown) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection().selectAllChildren(shown);
    shown.focus();
    return false;
  }
}

/**
 * Put something else into the clipboard: a space, because browsers ignore an empty text. What a
 * clipboard's history keeps is out of a page's reach.
 * @returns {Promise<boolean>}
 */
export async function emptyClipboard() {
  try {
    await navigator.clipboard.writeText(" ");
    return true;
  } catch {
    return false;
  }
}
