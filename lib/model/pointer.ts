/** One step of a JSON pointer (RFC 6901), escaped: `a/b` becomes `/a~1b`. */
export function pointerStep(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** A JSON pointer as a JavaScript reader writes it: `/destinations/0/weight` becomes `destinations[0].weight`. */
export function formatPointer(pointer: string): string {
  let path = '';
  for (const step of pointer.split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (/^(?:0|[1-9][0-9]*)$/.test(name)) path += `[${name}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(name)) path += path === '' ? name : `.${name}`;
    else path += `[${JSON.stringify(name)}]`;
  }
  return path;
}
