import type { Command } from 'commander';
import { bashScript } from './bash.js';
import { fishScript } from './fish.js';
import { type Place, placesOf } from './places.js';
import { zshScript } from './zsh.js';

/** The shells that can be taught. */
export const shells = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof shells)[number];

const scripts: Readonly<Record<Shell, (places: readonly Place[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** The text that teaches a shell to complete the program. */
export function completionScript(shell: Shell, program: Command): string {
  return scripts[shell](placesOf(program, program.name()));
}
