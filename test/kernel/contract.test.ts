import type { Backend } from 'ipvs';
import { declareContract } from '../contract/contract.js';
import { makeNamespace } from './_namespace.js';

declareContract(async (t, options) => {
  const { ipvs, ipvsadm, run } = await makeNamespace(t, { ...options, transport: 'netlink' });
  const backend: Backend = ipvs;
  return {
    backend,
    hand: {
      async makeDevice(name, kind) {
        await run('ip', 'link', 'add', name, 'up', 'type', kind);
        // The link-local address that comes with it is nobody's concern here.
        await run('ip', '-6', 'address', 'flush', 'dev', name);
      },
      async bind(device, address) {
        const flags = address.includes(':') ? ['nodad'] : [];
        await run('ip', 'address', 'add', address, 'dev', device, ...flags);
      },
      async addService(address, port) {
        const host = address.includes(':') ? `[${address}]` : address;
        await ipvsadm('-A', '-t', `${host}:${port}`, '-s', 'rr');
      },
    },
  };
});
