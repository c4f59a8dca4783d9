/**
 * A page that is one file: everything it shows is inside, and it asks nobody for anything.
 */
import { type Content, Html, html } from './html.js';

export interface Section {
  readonly title: string;
  readonly content: Content;
}

/** The whole HTML file. */
export function page(title: string, sections: readonly Section[]): string {
  const { markup } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${sections.map(({ title, content }) => html`<section>\n<h2>${title}</h2>\n${content}\n</section>\n`)}</main>
</body>
</html>
`;
  return markup;
}

export interface Table {
  /** What the table shows. */
  readonly caption: string;
  /** The first column names its row. */
  readonly header: readonly string[];
  readonly rows: readonly (readonly Content[])[];
}

export function table({ caption, header, rows }: Table): Html {
  return html`<div class="wide"><table>
<caption>${caption}</caption>
<thead><tr>${header.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${rows.map(([name, ...cells]) => html`<tr><th scope="row">${name ?? ''}</th>${cells.map((cell) => (cell instanceof Html ? cell : html`<td>${cell}</td>`))}</tr>\n`)}</tbody>
</table></div>
`;
}

/** Names and what they stand for. */
export const facts = (entries: readonly (readonly [name: string, value: Content])[]): Html =>
  html`<dl>
${entries.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>
`;

/**
 * A cell of a table, the darker the larger its share.
 * @param share 0 … 1
 */
export const shadedCell = (value: Content, share: number): Html =>
  html`<td style="--share:${share.toFixed(3)}">${value}</td>`;

/** A PNG inside the page. */
export function picture(png: Uint8Array, caption: string): Html {
  const data = Buffer.from(png).toString('base64');
  return html`<figure><img src="data:image/png;base64,${data}" alt="${caption}"><figcaption>${caption}</figcaption></figure>
`;
}

/** Figures beside each other, as many as fit. */
export const figures = (content: readonly Html[]): Html =>
  html`<div class="figures">\n${content}</div>\n`;

/** Text as it is, every space of it. */
export const verbatim = (text: string): Html => html`<pre>${text}</pre>\n`;

const style = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; color: #1d2125; background: #fff; }
main { max-width: 84rem; margin: 0 auto; padding: 1rem 1.5rem 4rem; }
h1 { font-size: 1.7rem; }
h2 { font-size: 1.25rem; margin-top: 2.5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.2rem; }
dt { opacity: .7; }
dd { margin: 0; overflow-wrap: anywhere; }
.figures { display: flex; flex-wrap: wrap; gap: 1.2rem; }
.figures > svg { flex: 1 1 26rem; max-width: 40rem; }
figure { margin: 0; }
figcaption { font-size: .9rem; opacity: .8; }
img { display: block; max-width: 100%; image-rendering: pixelated; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: .3rem 0; opacity: .8; }
th, td { padding: .2rem .7rem; border-bottom: 1px solid rgb(128 128 128 / .35); text-align: right; }
tbody th { font-weight: 400; text-align: left; }
thead th:first-child { text-align: left; }
td[style] { background: rgb(59 130 246 / calc(.6 * var(--share))); }
pre { overflow-x: auto; padding: .8rem 1rem; border-radius: .4rem; background: rgb(128 128 128 / .12); font-size: .85rem; }
@media (prefers-color-scheme: dark) { body { color: #dfe3e8; background: #14171a; } }
`;
