/* What the reader changed on a page, kept in this browser only. */

export class Store {
  /** onTrouble() is called once where the browser keeps nothing, or nothing more. */
  constructor(page, onTrouble) {
    this.name = (id) => `dl-live:${page}:${id}`;
    this.onTrouble = onTrouble;
  }

  /** The cell's edit, {code, book: the book's code at that time}, or null. */
  read(id) {
    const kept = this.attempt(() => localStorage.getItem(this.name(id)));
    try {
      const { code, book } = JSON.parse(kept);
      return typeof code === "string" ? { code, book } : null;
    } catch {
      return null; // there is none, or something else wrote it
    }
  }

  write(id, code, book) {
    this.attempt(() => code === book ? localStorage.removeItem(this.name(id)) : localStorage.setItem(this.name(id), JSON.stringify({ code, book })));
  }

  /** A browser throws where its storage is off or full. */
  attempt(what) {
    try {
      return what();
    } catch {
      this.onTrouble?.();
      this.onTrouble = null;
      return null;
    }
  }
}
