import { isDeepStrictEqual } from 'node:util';

type Schema = Readonly<Record<string, unknown>> | boolean;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  integer: Number.isInteger,
  boolean: (value) => typeof value === 'boolean',
};

/** What says nothing about a value. */
const annotations = new Set(['$schema', 'title', 'description', 'default', 'definitions']);

/** Whether a JSON Schema takes a JSON value; knows the keywords that the schema of documents has, and throws for others. */
export function isTaken(value: unknown, schema: Schema, root: Schema = schema): boolean {
  if (typeof schema === 'boolean') return schema;
  return Object.entries(schema).every(
    ([keyword, rule]) => annotations.has(keyword) || obeys(value, keyword, rule, schema, root),
  );
}

function obeys(
  value: unknown,
  keyword: string,
  rule: unknown,
  schema: Readonly<Record<string, unknown>>,
  root: Schema,
): boolean {
  const takes = (part: unknown, by: unknown) => isTaken(part, by as Schema, root);
  const number = Number(rule);
  switch (keyword) {
    case '$ref':
      return takes(value, resolve(String(rule), root));
    case 'type':
      return types[String(rule)]?.(value) ?? false;
    case 'const':
      return isDeepStrictEqual(value, rule);
    case 'enum':
      return (rule as unknown[]).some((each) => isDeepStrictEqual(value, each));
    case 'minimum':
      return typeof value !== 'number' || value >= number;
    case 'maximum':
      return typeof value !== 'number' || value <= number;
    case 'minLength':
      return typeof value !== 'string' || [...value].length >= number;
    case 'maxLength':
      return typeof value !== 'string' || [...value].length <= number;
    case 'pattern':
      return typeof value !== 'string' || new RegExp(String(rule), 'u').test(value);
    case 'items':
      return !Array.isArray(value) || value.every((item) => takes(item, rule));
    case 'minItems':
      return !Array.isArray(value) || value.length >= number;
    case 'maxItems':
      return !Array.isArray(value) || value.length <= number;
    case 'required':
      return !isObject(value) || (rule as string[]).every((name) => Object.hasOwn(value, name));
    case 'minProperties':
      return !isObject(value) || Object.keys(value).length >= number;
    case 'properties':
      return (
        !isObject(value) ||
        Object.entries(rule as object).every(
          ([name, field]) => !Object.hasOwn(value, name) || takes(value[name], field),
        )
      );
    case 'additionalProperties': {
      const known = isObject(schema['properties']) ? schema['properties'] : {};
      return (
        !isObject(value) ||
        Object.entries(value).every(
          ([name, field]) => Object.hasOwn(known, name) || takes(field, rule),
        )
      );
    }
    case 'propertyNames':
      return !isObject(value) || Object.keys(value).every((name) => takes(name, rule));
    case 'anyOf':
      return (rule as unknown[]).some((each) => takes(value, each));
    case 'oneOf':
      return (rule as unknown[]).filter((each) => takes(value, each)).length === 1;
    case 'not':
      return !takes(value, rule);
    case 'if':
      return !takes(value, rule) || takes(value, schema['then'] ?? true);
    case 'then':
      return true;
    default:
      throw new Error(`the keyword ${keyword} is not known`);
  }
}

function resolve(pointer: string, root: Schema): unknown {
  let place: unknown = root;
  for (const step of pointer.split('/').slice(1)) place = (place as Record<string, unknown>)[step];
  if (place === undefined) throw new Error(`${pointer} leads nowhere`);
  return place;
}
