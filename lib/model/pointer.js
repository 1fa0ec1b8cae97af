/** One step of a JSON pointer (RFC 6901), escaped: `a/b` becomes `/a~1b`. */
export function pointerStep(name) {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
/** The names and indices that a JSON pointer is made of. */
export function pointerSteps(pointer) {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}
/** A JSON pointer as a JavaScript reader writes it: `/destinations/0/weight` becomes `destinations[0].weight`. */
export function formatPointer(pointer) {
  let path = '';
  for (const name of pointerSteps(pointer)) {
    if (/^(?:0|[1-9][0-9]*)$/.test(name)) path += `[${name}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(name)) path += path === '' ? name : `.${name}`;
    else path += `[${JSON.stringify(name)}]`;
  }
  return path;
}
