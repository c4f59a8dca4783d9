/** Between what stands in a field and the JSON that a configuration has. */

/** The choices of `erf | tanh`; undefined where anything of a type will do. */
export function optionsOf(type: string): string[] | undefined {
  const parts = type.split(' | ');
  return parts.length > 1 && parts.every((part) => /^[\w+.-]+$/.test(part)) ? parts : undefined;
}

/** @param json undefined where the key is absent */
export const fieldOf = (json: string | undefined): string => {
  if (json === undefined) return '';
  const value: unknown = JSON.parse(json);
  return typeof value === 'string' ? value : json;
};

/** @returns undefined where nothing was given */
export function jsonOf(text: string, type: string): string | undefined {
  if (text === '') return undefined;
  if (type === 'text') return JSON.stringify(text);
  // Whatever is no JSON is for the command line to refuse, in its own words.
  return isJson(text) ? text : JSON.stringify(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The ends of `whole number from 1 to 65536`, for a field of numbers; undefined where it is none. */
export function rangeOf(type: string): { step: string; min?: string; max?: string } | undefined {
  if (!/^(whole )?number\b[^|]*$/.test(type)) return undefined;
  const [, min] = /(?:from|greater than) (-?\d[\d.e+-]*)/.exec(type) ?? [];
  const [, max] = /(?:to|less than) (-?\d[\d.e+-]*)/.exec(type) ?? [];
  const step = type.startsWith('whole') ? '1' : 'any';
  return { step, ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

/** Whether values say so: `model.arch=vit`. */
export function holds(when: string, values: Readonly<Record<string, string>>): boolean {
  const [path = '', wanted] = when.split('=');
  return values[path] === JSON.stringify(wanted);
}
