// What a page loads only when it is asked for: scripts of this site, and mathematics for what came after the page.

const unrolled = {
  root: new URL(document.documentElement.dataset.content_root, location.href),
  scripts: new Map(),

  // A script, as a page opened from a folder may load nothing else. Loaded once.
  script(path) {
    if (!this.scripts.has(path)) {
      this.scripts.set(path, new Promise((loaded, failed) => {
        const element = document.createElement("script");
        element.src = new URL(path, this.root);
        element.onload = loaded;
        element.onerror = () => failed(new Error(`${path} is missing: build the book again`));
        document.head.append(element);
      }));
    }
    return this.scripts.get(path);
  },

  // The labelled equations of the book: label → [number, page, page's title, place, TeX].
  async equations() {
    await this.script("_static/equations.js");
    return window.unrolledEquations;
  },

  // How the sections open: page or page#anchor → [place, title, first paragraph].
  async sections() {
    await this.script("_static/sections.js");
    return window.unrolledSections;
  },

  async typeset(elements) {
    if (!window.MathJax?.startup) {
      await this.script("_static/equations.js"); // brings MathJax' settings, too
      await this.script("_static/mathjax/startup.js");
    }
    await MathJax.startup.promise;
    await MathJax.typesetPromise(elements);
  },
};
