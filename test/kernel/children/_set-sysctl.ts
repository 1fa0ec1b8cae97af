// Sets a sysctl of a network namespace and prints what it is then, or why it could not be set.
import { Ipvs } from 'ipvs';

try {
  const ipvs = await Ipvs.open({ netns: process.argv[2] as string });
  await ipvs.setSysctl('drop_entry', 3);
  process.stdout.write(String((await ipvs.sysctls())['drop_entry']));
} catch (error) {
  process.stdout.write(String(error));
}
