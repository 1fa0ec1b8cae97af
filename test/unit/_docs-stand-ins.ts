// What examples of the documentation import, where they are run without a kernel.
import { createRequire } from 'node:module';
import {
  type ApplyOptions,
  type ApplyReport,
  apply,
  type DesiredState,
  type Plan,
  type ReconcileOptions,
  reconcile,
} from 'ipvs';
import { FakeKernel } from 'ipvs/testing';

export * from 'ipvs';

/** One fake kernel for all examples of a page. */
class FakeIpvs extends FakeKernel {
  apply(plan: Plan, options?: ApplyOptions): Promise<ApplyReport> {
    return apply(this, plan, options);
  }

  reconcile(desired: DesiredState, options?: ReconcileOptions): Promise<ApplyReport> {
    return reconcile(this, desired, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

const kernel = new FakeIpvs();

export const Ipvs = { open: async () => kernel };

/** What the package `yaml` exports; AVA brings another that reads it. */
export const parse: (text: string) => unknown = createRequire(import.meta.url)('js-yaml').load;
