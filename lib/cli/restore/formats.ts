/** The ways in which a state can be written. */
export const formats = ['rules', 'yaml', 'json'] as const;

export type Format = (typeof formats)[number];

/** How a text is written: as the name of its file says, or else as it looks. */
export function recogniseFormat(text: string, file: string): Format {
  if (/\.ya?ml$/i.test(file)) return 'yaml';
  if (/\.json$/i.test(file)) return 'json';
  const first =
    text
      .split('\n')
      .find((line) => /^\s*[^\s#]/.test(line))
      ?.trimStart() ?? '';
  if (first === '' || /^(?:-[A-Za-z]|--[a-z]|ipvsadm\s)/.test(first)) return 'rules';
  return first.startsWith('{') ? 'json' : 'yaml';
}
