// Makes a Vue component of the text of a `.vue` file, with the compiler that Vue itself has.
//
// It stands for the chunk of jupyter-vue that does so for any such file, 790 kB of parsers for the
// sake of TypeScript, `<script setup>` and scoped styles. A file that has these, or a script with
// imports of its own, is left to that chunk, which is asked for then (`needsWhole`).
(globalThis.webpackChunkjupyter_vue_nodeps ||= []).push([["vue-sfc"], {
  24(module, exports, require) {
    const BLOCK = /<(script|style)\b([^>]*)>([\s\S]*?)<\/\1>/g;
    const FROM_VUE = /^import (\{[^}]*\}) from "vue";?$/gm;
    const parts = (text) => {
      const found = { script: [], style: [] };
      const rest = text.replace(BLOCK, (_, kind, attributes, content) => {
        found[kind].push({ attributes, content });
        return "";
      });
      const inside = /<template>([\s\S]*)<\/template>/.exec(rest);
      return { ...found, template: inside?.[1], rest };
    };

    const needsWhole = ({ template, rest, script, style }) =>
      (template === undefined && /<template\b/.test(rest)) || script.length > 1
      || script.some((s) => s.attributes.trim() || imports(s.content))
      || style.some((s) => /\b(scoped|lang|module|src)\b/.test(s.attributes.replace(/"[^"]*"/g, "")));
    const imports = (text) => /^\s*import\b/m.test(text.replace(FROM_VUE, ""))
      || (text.match(/^\s*export\b/gm) ?? []).length > 1;

    // Three ways of saying what a component is: a module of today, of Node, and an object alone.
    const options = (text) => {
      const node = /modules?\.exports?\s*=/.exec(text);
      if (node) return `$made$ = ${text.slice(node.index + node[0].length)}`;
      if (!/^\s*export default\b/m.test(text)) return `$made$ = ${text.slice(text.indexOf("{"))}`;
      return text
        .replace(FROM_VUE, (_, names) => `const ${names.replace(/ as /g, ": ")} = Vue;`)
        .replace(/^\s*export default\b/m, () => "$made$ =");
    };
    const run = (text, name) => {
      const body = `"use strict"; let $made$;\n${options(text)}\n;return $made$;`;
      return Function("Vue", `${body}\n//# sourceURL=ipyvue:///${name}`)(Vue);
    };

    const dress = (owner, sheets) => {
      const ids = sheets.map((_, k) => `dv-style-${owner}-${k}`);
      sheets.forEach(({ content }, k) => {
        let style = document.getElementById(ids[k]);
        if (!style) {
          style = Object.assign(document.createElement("style"), { id: ids[k] });
          style.dataset.dvOwner = owner;
          document.head.append(style);
        }
        if (style.textContent !== content) style.textContent = content;
      });
      for (const style of document.querySelectorAll("style[data-dv-owner]"))
        if (style.dataset.dvOwner === owner && !ids.includes(style.id)) style.remove();
    };

    let whole;
    const load = async () => {
      const base = document.body.dataset.baseUrl;
      const reply = await fetch(`${base}nbextensions/jupyter-vue/index-vue-sfc.js`);
      if (!reply.ok) throw new Error(`the compiler: ${reply.status}`);
      let made;
      const webpackChunkjupyter_vue_index = { push: ([, modules]) => { made = modules[24]; } };
      Function("globalThis", await reply.text())({ webpackChunkjupyter_vue_index });
      const found = {};
      made({}, found, require);
      return found;
    };

    // A part that never changes what the server gives it needs no watch over every entry of it:
    // values come whole, and Vue takes them as they are. Only the widgets that say so (`given`).
    const taken = (value) => (value !== null && typeof value === "object" ? Vue.markRaw(value) : value);
    const oneWay = ({ data, watch, created, ...rest }) => ({
      ...rest,
      data: () => Object.fromEntries(Object.entries(data()).map(([key, value]) => [key, taken(value)])),
      created() {
        // Whoever listens to the server puts what comes into the part, by way of this.
        const set = (part, key, value) => Reflect.set(part, key, taken(value));
        created.call(new Proxy(this, { set }));
      },
    });

    async function compileSfc(text, mixin, asked = {}) {
      if (mixin.watch && "given" in mixin.watch) mixin = oneWay(mixin);
      const file = parts(text), name = asked.sourceURL ?? "part.vue";
      if (needsWhole(file)) {
        whole ??= load().catch((error) => { whole = undefined; throw error; });
        return (await whole).compileSfc(text, mixin, asked);
      }
      dress(String(asked.styleOwnerKey ?? name), file.style);
      const { setup, ...rest } = file.script.length ? run(file.script[0].content, name) : {};
      const render = file.template === undefined ? {} : { render: Vue.compile(file.template) };
      return { ...render, ...(setup && { setup }), mixins: [rest, mixin] };
    }
    require.r(exports);
    require.d(exports, { compileSfc: () => compileSfc });
  },
}]);
