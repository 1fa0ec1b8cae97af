const steps = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

/** A number that is short to read: 999, 1.23k, 45.6M. Steps of a thousand. */
export function shortNumber(value: number | bigint): string {
  let number = Number(value);
  let step = 0;
  // 999.5 would be written as 1000.
  while (number >= 999.5 && step < steps.length - 1) {
    number /= 1000;
    step += 1;
  }
  const digits = step === 0 || number >= 99.95 ? 0 : number >= 9.995 ? 1 : 2;
  return `${number.toFixed(digits)}${steps[step]}`;
}

const blocks = '▁▂▃▄▅▆▇█';

/** A block for each value, the higher the more of the highest there is; a space for nothing. */
export function sparkline(values: readonly number[], highest = Math.max(...values)): string {
  return values
    .map((value) => (value <= 0 ? ' ' : blocks[Math.ceil((value / highest) * blocks.length) - 1]))
    .join('');
}

const eighths = ' ▏▎▍▌▋▊▉█';

/** A bar of a part of a whole, in eighths of a character. */
export function bar(part: number, width: number): string {
  const filled = Math.round(part * width * 8);
  const full = Math.floor(filled / 8);
  const rest = full < width ? (eighths[filled % 8] as string) : '';
  return `${'█'.repeat(full)}${rest}`.padEnd(width);
}

/** A time as minutes and seconds, 15:00, however many minutes that are. */
export function minutesAndSeconds(seconds: number): string {
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  return [minutes, rest].map((number) => String(number).padStart(2, '0')).join(':');
}
