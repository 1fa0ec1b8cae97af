declare const brand: unique symbol;

/** Text that has been checked: assignable to its base, never made from it by accident. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };
