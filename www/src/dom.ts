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

/** The node that an element was last made to be, so that only what differs is looked up there. */
const drawn = new WeakMap<Element, VNode>();

/** The listeners of an element by type. */
const listeners = new WeakMap<Element, Map<string, Handler>>();

/** Makes the children of `host` what `children` says, keeping elements and with them the focus. */
export function patch(host: Element | ShadowRoot, ...children: Child[]): void {
  patchChildren(host, flat(children), false);
}

function patchChildren(host: Element | ShadowRoot, wanted: (VNode | string)[], isSvg: boolean): void {
  const keyed = new Map<string, Element>();
  if (wanted.some((child) => typeof child !== "string" && keyOf(child) !== "")) {
    for (const child of Array.from(host.children)) {
      const key = keyAt(child);
      if (key !== "") keyed.set(key, child);
    }
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
    const key = keyOf(child);
    const found = key === "" ? at : keyed.get(key);
    const fits = found instanceof Element && found.localName === child.tag && keyAt(found) === key;
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

/** What tells a node from its siblings; empty where nothing does. */
function keyOf({ attributes }: VNode): string {
  return String(attributes["key"] ?? "");
}

function keyAt(element: Element): string {
  const node = drawn.get(element);
  return node === undefined ? (element.getAttribute("data-key") ?? "") : keyOf(node);
}

function patchElement(element: Element, node: VNode, isSvg: boolean): void {
  const before = drawn.get(element);
  drawn.set(element, node);
  if (before === undefined) clear(element, node.attributes);
  patchAttributes(element, before?.attributes ?? {}, node.attributes);
  // What another program keeps inside, such as the editor, is its own.
  const isFilled = node.attributes["data-own"] !== undefined || element.localName === "textarea";
  if (!isFilled) patchChildren(element, node.children, isSvg);
  setProperties(element, node.attributes);
}

/** Takes from an element that was built what it is not to have. */
function clear(element: Element, wanted: Record<string, Attribute>): void {
  for (const name of element.getAttributeNames()) {
    const isWanted = name === "data-key" ? "key" in wanted : name in wanted;
    if (!isWanted && !isOwn(element, name)) element.removeAttribute(name);
  }
}

function patchAttributes(
  element: Element,
  before: Record<string, Attribute>,
  wanted: Record<string, Attribute>,
): void {
  for (const [name, value] of Object.entries(wanted)) {
    if (name !== "value" && name !== "checked" && before[name] !== value) setAttribute(element, name, value);
  }
  for (const name of Object.keys(before)) {
    if (name in wanted) continue;
    if (typeof before[name] === "function") listen(element, name.slice(2), null);
    else if (!isOwn(element, name)) setAttribute(element, name, null);
  }
}

function setAttribute(element: Element, name: string, value: Attribute): void {
  const written = name === "key" ? "data-key" : name;
  if (typeof value === "function") {
    listen(element, name.slice(2), value);
  } else if (value === false || value === null || value === undefined) {
    if (name.startsWith("on")) listen(element, name.slice(2), null);
    element.removeAttribute(written);
  } else {
    const text = value === true ? "" : String(value);
    if (element.getAttribute(written) !== text) element.setAttribute(written, text);
  }
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
  if (handler === null) {
    own.delete(type);
    return;
  }
  // Handlers are others each time; the element has one listener for all of a type.
  if (!own.has(type)) element.addEventListener(type, dispatch);
  own.set(type, handler);
}

function dispatch(event: Event): void {
  if (!(event.currentTarget instanceof Element)) return;
  listeners.get(event.currentTarget)?.get(event.type)?.(event);
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
