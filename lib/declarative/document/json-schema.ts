/** As much of JSON Schema (draft 7) as the schema of documents needs. */
export interface JsonSchema {
  /** Types, and fields as `Type.field`: the words of their documentation become the description. */
  readonly doc?: readonly string[];
  readonly title?: string;
  readonly default?: unknown;
  readonly $ref?: string;
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly required?: readonly string[];
  readonly minProperties?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | false;
  readonly propertyNames?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  readonly if?: JsonSchema;
  readonly then?: JsonSchema;
}

/** A schema with others to refer to. */
export interface JsonSchemaDocument extends JsonSchema {
  readonly $schema: string;
  readonly definitions: Readonly<Record<string, JsonSchema>>;
}

/** Schemas of each field of a type, documented as the fields are. */
export function fieldsOf<Type extends object>(
  type: string,
  fields: { readonly [Name in keyof Type & string]-?: JsonSchema },
): Record<string, JsonSchema> {
  const documented: Record<string, JsonSchema> = {};
  for (const [name, schema] of Object.entries<JsonSchema>(fields)) {
    const { doc = [], ...rest } = schema;
    documented[name] = { doc: [...doc, `${type}.${name}`], ...rest };
  }
  return documented;
}

/** An object with these fields and no others. */
export function objectWith(
  properties: Readonly<Record<string, JsonSchema>>,
  rest: JsonSchema = {},
): JsonSchema {
  return { type: 'object', ...rest, properties, additionalProperties: false };
}

export function wholeNumber(lowest: number, highest: number): JsonSchema {
  return { type: 'integer', minimum: lowest, maximum: highest };
}

export function textLike(pattern: RegExp): JsonSchema {
  return { type: 'string', pattern: pattern.source };
}
