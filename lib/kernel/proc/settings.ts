import { readSysctl } from '../../model/sysctls.js';
import { MalformedText } from './malformed-text.js';

/** Reads the folder of sysctls as the addon hands it over: on each line a name, a tab and what the file says. */
export function parseSettings(text: string): Record<string, number | string> {
  const lines = text.split('\n').filter((line) => line !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const tab = line.indexOf('\t');
      if (tab < 1) throw new MalformedText('a name and a value', line);
      const name = line.slice(0, tab);
      return [name, readSysctl(name, line.slice(tab + 1))];
    }),
  );
}
