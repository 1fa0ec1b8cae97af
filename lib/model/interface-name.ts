const encoder = new TextEncoder();

/** The kernel keeps a name in 16 bytes, the last of them zero. */
const longest = 15;

/** The words of an error message for {@link isInterfaceName}. */
export const interfaceNameExpected =
  'the name of a network interface: 1 to 15 bytes without blanks, "/" and ":", and not "." or ".."';

/** Whether a value can be the name of a network interface, by the kernel's own rule. */
export function isInterfaceName(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > longest) return false;
  if (value === '.' || value === '..' || hasLoneSurrogate(value)) return false;
  const bytes = encoder.encode(value);
  return bytes.length <= longest && bytes.every(isNameByte);
}

/** What Latin-1 calls a blank the kernel does, too: 160 is one, also as a part of a UTF-8 character. */
function isNameByte(byte: number): boolean {
  const isBlank = (byte >= 9 && byte <= 13) || byte === 32 || byte === 160;
  return byte !== 0 && !isBlank && byte !== 47 && byte !== 58;
}

function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}
