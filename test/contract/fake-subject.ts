import type { FakeKernel } from 'ipvs/testing';
import { resolveServiceRef } from '#lib/model/service-id.js';
import type { Subject } from './subject.js';

/** The fake kernel as what is held to the contract. */
export function makeFake(kernel: FakeKernel): Subject {
  return {
    backend: kernel,
    hand: {
      makeDevice: async (name, kind) => kernel.addDevice(name, kind),
      bind: async (device, address) => kernel.addAddress(device, address),
      async addService(address, port) {
        const key = resolveServiceRef({ protocol: 'tcp', address, port });
        const settings = { scheduler: 'rr', flags: 0, mask: ~0, timeout: 0, engine: '' };
        const netmask = key.family === 'ipv6' ? 128 : 0xffffffff;
        kernel.table.newService(key, { ...settings, netmask });
      },
    },
  };
}
