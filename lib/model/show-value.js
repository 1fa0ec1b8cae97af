const longest = 60;
/**
 * A value as one short line of an error message. Looks at nothing a caller could have booby-trapped: objects are
 * named, not opened, and long texts and numbers are cut.
 */
export function showValue(value) {
  switch (typeof value) {
    case 'string':
      return showText(value);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
      // Printing a bigint takes time quadratic in its length.
      return BigInt.asIntN(64, value) === value ? `${value}n` : 'a bigint beyond 64 bits';
    case 'symbol':
      return 'a symbol';
    case 'function':
      return 'a function';
    case 'object':
      return value === null ? 'null' : isArray(value) ? 'an array' : 'an object';
    default:
      return String(value);
  }
}
function showText(text) {
  return text.length <= longest
    ? JSON.stringify(text)
    : `${JSON.stringify(text.slice(0, longest))}...`;
}
function isArray(value) {
  try {
    return Array.isArray(value);
  } catch {
    return false; // a revoked proxy
  }
}
