// The HTML that puts an address of this page into another.

/** An iframe of so many CSS pixels; the text of a link is written so that no mark in it ends an attribute. */
export function embedSnippet(
  address: string,
  title: string,
  { width, height }: { width: number; height: number },
): string {
  return `<iframe src="${escaped(address)}" title="${escaped(title)}" width="${width}" height="${height}" style="border:0" loading="lazy"></iframe>`
}

/** As the value of a quoted attribute. */
function escaped(text: string): string {
  return text.replace(/[&"<>]/g, (mark) => `&#${mark.charCodeAt(0)};`)
}
