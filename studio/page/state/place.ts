/** A place of the page as its address has it. */
export interface Place {
  readonly view: string;
  readonly params: Readonly<Record<string, string>>;
}

/** `#/pictures?runs=a,b&step=400` */
export function placeOf(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  return { view: path, params: Object.fromEntries(new URLSearchParams(query)) };
}

export function hashOf({ view, params }: Place): string {
  const given = Object.entries(params).filter(([, value]) => value !== '');
  // Commas and slashes are plain to read, and need no escape there.
  const query = new URLSearchParams(given).toString().replaceAll('%2C', ',').replaceAll('%2F', '/');
  return `#/${view}${query === '' ? '' : `?${query}`}`;
}
