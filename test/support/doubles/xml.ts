/** As much XML as an API's requests need: elements and text, every tag closed in its order, nothing else. */
export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  readonly text: string;
  readonly attributes: string;
}

/** Null for what is no document of that kind. */
export function parseXml(source: string): XmlElement | null {
  const text = source.replace(/^<\?xml[^>]*\?>\s*/, '');
  const root: Draft = { name: '', attributes: '', children: [], text: '' };
  const open: Draft[] = [root];
  let rest = text;
  while (rest !== '') {
    const top = open[open.length - 1];
    const found = /^<(\/?)([A-Za-z][\w.-]*)((?:\s+[\w:]+="[^"<]*")*)\s*(\/?)>|^([^<]+)/.exec(rest);
    if (!found || !top) return null;
    const [whole, closing, name = '', attributes = '', empty, words] = found;
    rest = rest.slice(whole.length);
    if (words !== undefined) top.text += unescaped(words);
    else if (closing) {
      if (top.name !== name || open.length < 2) return null;
      open.pop();
    } else {
      const child: Draft = { name, attributes: attributes.trim(), children: [], text: '' };
      top.children.push(child);
      if (!empty) open.push(child);
    }
  }
  const [only, ...more] = root.children;
  return open.length === 1 && only && more.length === 0 && root.text.trim() === '' ? only : null;
}

interface Draft {
  readonly name: string;
  readonly attributes: string;
  readonly children: Draft[];
  text: string;
}

export const childrenOf = (element: XmlElement, name: string): readonly XmlElement[] =>
  element.children.filter((child) => child.name === name);

export const childOf = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find((child) => child.name === name);

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(#x?[0-9a-fA-F]+|\w+);/g, (whole, name: string) => {
    if (!name.startsWith('#')) return ENTITIES[name] ?? whole;
    return String.fromCodePoint(Number.parseInt(name.replace(/^#x?/, ''), name[1] === 'x' ? 16 : 10));
  });
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
