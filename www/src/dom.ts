/**
 * Views as data: a view is a function from state to nodes, which `patch` puts into the document
 * and `html` writes as text, so that the page which is built and the page that lives are one.
 */

export type Handler = (event: Event) => void;

export type Attribute = string | number | boolean | null | undefined | Handler;

export interface VNode {
  tag: string;
  attributes: Record<string, Attribute>;
  children: (VNode | string)[];
}

export type Child = VNode | string | number | null | undefined | false | Child[];

const SVG = "http://www.w3.org/2000/svg";

/** Tags without an end in HTML. */
const VOID = new Set(["br", "hr", "img", "input", "link", "meta"]);

/**
 * A node. Attributes that are functions are listeners, named as in HTML (`onclick`); `false`,
 * `null` and `undefined` leave an attribute out, `true` makes it empty. `key` keeps a node's
 * element when its siblings change; `value` and `checked` are set as properties.
 */
export function h(
  tag: string,
  attributes: Record<string, Attribute> | null = null,
  ...children: Child[]
): VNode {
  return { tag, attributes: attributes ?? {}, children: flat(children) };
}

function flat(children: Child[]): (VNode | string)[] {
  const all: (VNode | string)[] = [];
  for (const child of children) {
    if (Array.isArray(child)) all.push(...flat(child));
    else if (typeof child === "number") all.push(String(child));
    else if (child !== null && child !== undefined && child !== false && child !== "") all.push(child);
  }
  return all;
}

/** What `patch` remembers of an element: its listeners by type. */
const listeners = new WeakMap<Element, Map<string, Handler>>();

/** Makes the children of `host` what `children` says, keeping elements and with them the focus. */
export function patch(host: Element | ShadowRoot, ...children: Child[]): void {
  patchChildren(host, flat(children), false);
}

function patchChildren(host: Element | ShadowRoot, wanted: (VNode | string)[], isSvg: boolean): void {
  const keyed = new Map<string, Element>();
  for (const child of Array.from(host.children)) {
    const key = child.getAttribute("data-key");
    if (key !== null) keyed.set(key, child);
  }
  let at: ChildNode | null = host.firstChild;
  for (const child of wanted) {
    if (typeof child === "string") {
      if (at !== null && at.nodeType === Node.TEXT_NODE) {
        if (at.nodeValue !== child) at.nodeValue = child;
        at = at.nextSibling;
      } else {
        host.insertBefore(document.createTextNode(child), at);
      }
      continue;
    }
    const key = child.attributes["key"];
    const found = key !== undefined && key !== null ? keyed.get(String(key)) : at;
    const fits =
      found instanceof Element &&
      found.localName === child.tag &&
      (found.getAttribute("data-key") ?? "") === String(key ?? "");
    let element: Element;
    if (fits) {
      element = found;
      if (element === at) at = at.nextSibling;
      else host.insertBefore(element, at);
    } else {
      element =
        isSvg || child.tag === "svg"
          ? document.createElementNS(SVG, child.tag)
          : document.createElement(child.tag);
      host.insertBefore(element, at);
    }
    patchElement(element, child, isSvg || child.tag === "svg");
  }
  while (at !== null) {
    const next: ChildNode | null = at.nextSibling;
    at.remove();
    at = next;
  }
}

function patchElement(element: Element, node: VNode, isSvg: boolean): void {
  const names = new Set<string>();
  for (const [name, value] of Object.entries(node.attributes)) {
    if (typeof value === "function") {
      listen(element, name.slice(2), value);
      names.add(name);
    } else if (name === "value" || name === "checked") {
      names.add(name);
    } else if (value !== false && value !== null && value !== undefined) {
      const written = name === "key" ? "data-key" : name;
      const text = value === true ? "" : String(value);
      if (element.getAttribute(written) !== text) element.setAttribute(written, text);
      names.add(written);
    }
  }
  for (const name of element.getAttributeNames()) {
    if (!names.has(name) && !isOwn(element, name)) element.removeAttribute(name);
  }
  for (const type of listeners.get(element)?.keys() ?? []) {
    if (!names.has(`on${type}`)) listen(element, type, null);
  }
  // What another program keeps inside, such as the editor, is its own.
  const isFilled = node.attributes["data-own"] !== undefined || element.localName === "textarea";
  if (!isFilled) patchChildren(element, node.children, isSvg);
  setProperties(element, node.attributes);
}

/** Sets what attributes only say at first, after the children: a choice needs its options. */
function setProperties(element: Element, attributes: Record<string, Attribute>): void {
  if ("checked" in attributes && element instanceof HTMLInputElement) {
    element.checked = Boolean(attributes["checked"]);
  }
  if (!("value" in attributes)) return;
  const value = String(attributes["value"] ?? "");
  if (element instanceof HTMLOptionElement) element.setAttribute("value", value);
  else if (
    element instanceof HTMLInputElement ||
    element instanceof HTMLTextAreaElement ||
    element instanceof HTMLSelectElement
  ) {
    if (element.value !== value) element.value = value;
  }
}

/** Whether an attribute is one that the browser sets while people use the element. */
function isOwn(element: Element, name: string): boolean {
  return name === "open" && (element.localName === "dialog" || element.localName === "details");
}

function listen(element: Element, type: string, handler: Handler | null): void {
  let own = listeners.get(element);
  if (own === undefined) {
    own = new Map();
    listeners.set(element, own);
  }
  const old = own.get(type);
  if (old === handler) return;
  if (old !== undefined) element.removeEventListener(type, old);
  if (handler === null) {
    own.delete(type);
    return;
  }
  own.set(type, handler);
  element.addEventListener(type, handler);
}

/** The same as text, without listeners. */
export function html(...children: Child[]): string {
  return flat(children).map(htmlOf).join("");
}

function htmlOf(child: VNode | string): string {
  if (typeof child === "string") return escaped(child);
  const { tag, attributes, children } = child;
  let text = `<${tag}`;
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function" || value === false || value === null || value === undefined) continue;
    if (name === "value" && (tag === "textarea" || tag === "select")) continue;
    const written = name === "key" ? "data-key" : name;
    text += value === true ? ` ${written}` : ` ${written}="${escaped(String(value))}"`;
  }
  text += ">";
  if (VOID.has(tag)) return text;
  const own = attributes["value"];
  const inner = tag === "textarea" && own !== undefined ? `\n${escaped(String(own))}` : children.map(htmlOf).join("");
  return `${text}${inner}</${tag}>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (it) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[it] ?? it);
}
