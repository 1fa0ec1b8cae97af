import { inspect } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { CollectingReport, throwingReport } from '#lib/model/report.js';
import { checkTimeouts } from '#lib/model/timeouts.js';
import { refusesWith } from './_model-macros.js';

const accepts = test.macro({
  exec: (t: ExecutionContext, input: object) =>
    t.deepEqual<unknown, unknown>(checkTimeouts(input, throwingReport, ''), input),
  title: (_, input) => `${inspect(input)} are timeouts`,
});

test(accepts, { tcp: 900, tcpFin: 120, udp: 300 });
test(accepts, { tcp: 1 });
test(accepts, { tcpFin: 21_474_836 });
test(accepts, { udp: 300 });

test('a timeout that is undefined is absent', (t) => {
  t.deepEqual(checkTimeouts({ tcp: undefined, udp: 5, other: undefined }, throwingReport, ''), {
    udp: 5,
  });
});

const refuses = refusesWith((input, report) => checkTimeouts(input, report, ''));
const range = 'a whole number from 1 to 21474836';

test(refuses, { tcp: 0 }, ['E_TIMEOUT', '/tcp', range]);
test(refuses, { tcp: -1 }, ['E_TIMEOUT', '/tcp', range]);
test(refuses, { tcpFin: 21_474_837 }, ['E_TIMEOUT', '/tcpFin', range]);
test(refuses, { udp: 1.5 }, ['E_TIMEOUT', '/udp', range]);
test(refuses, { udp: '300' }, ['E_TIMEOUT', '/udp', range]);
test(refuses, { udp: 300n }, ['E_TIMEOUT', '/udp', range]);
test(refuses, { udp: null }, ['E_TIMEOUT', '/udp', range]);
test(refuses, { udp: Number.NaN }, ['E_TIMEOUT', '/udp', range]);
test(refuses, {}, ['E_TIMEOUT', '', 'at least one of tcp, tcpFin and udp']);
test(refuses, { tcp: undefined }, ['E_TIMEOUT', '', 'at least one of tcp, tcpFin and udp']);
test(refuses, { tcp: 900, sctp: 5 }, ['E_SCHEMA', '/sctp', 'no field of this name']);
test(refuses, { sctp: 5 }, ['E_SCHEMA', '/sctp', 'no field of this name']);
test(refuses, [900, 120, 300], ['E_SCHEMA', '', 'an object of timeouts']);
test(refuses, null, ['E_SCHEMA', '', 'an object of timeouts']);
test(refuses, { tcp: 0, udp: 0 }, ['E_TIMEOUT', '/tcp', range], ['E_TIMEOUT', '/udp', range]);

test('what an object inherits is no timeout', (t) => {
  const report = new CollectingReport();
  t.is(checkTimeouts(Object.create({ tcp: 900 }), report, '/timeouts'), undefined);
  t.like(report.issues, [{ code: 'E_TIMEOUT', path: '/timeouts' }]);
});
