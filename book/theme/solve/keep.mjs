// What the browser keeps of an assignment: one text for each release, under the address of the site.

export class Kept {
  constructor(slug, release) {
    this.prefix = `unrolled-solve ${new URL("..", location.href).pathname} ${slug} `;
    this.key = this.prefix + release;
  }

  #keys() {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(this.prefix));
    } catch {
      return []; // the browser forbids keeping
    }
  }

  #read(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  }

  read() {
    return this.#read(this.key);
  }

  // What was written for the newest of other releases; null where there is none.
  former() {
    const others = this.#keys().filter((key) => key !== this.key).map((key) => this.#read(key)).filter(Boolean);
    return others.sort((one, other) => (other.when ?? 0) - (one.when ?? 0))[0] ?? null;
  }

  // Whether the browser took it.
  write(record) {
    try {
      localStorage.setItem(this.key, JSON.stringify({ ...record, when: Date.now() }));
      return true;
    } catch {
      return false;
    }
  }

  erase() {
    for (const key of this.#keys()) localStorage.removeItem(key);
  }

  // Calls back when another tab wrote or erased the same work.
  onOther(changed) {
    addEventListener("storage", (event) => (event.key === this.key || event.key === null) && changed());
  }
}
