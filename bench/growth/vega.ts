// What is used of vega and vega-lite. Their own declarations take those of a browser, which this project is without.

interface Vega {
  parse(specification: object): object;
  readonly View: new (
    runtime: object,
    options: { renderer: 'none' },
  ) => { toSVG(): Promise<string> };
}

interface VegaLite {
  compile(specification: object): { readonly spec: object };
}

const load = (name: string): Promise<unknown> => import(name);
const { parse, View } = (await load('vega')) as Vega;
const { compile } = (await load('vega-lite')) as VegaLite;

/** Draws what a specification of vega-lite describes, as SVG. */
export function drawSvg(specification: object): Promise<string> {
  return new View(parse(compile(specification).spec), { renderer: 'none' }).toSVG();
}
