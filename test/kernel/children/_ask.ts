// Connects to port 80 of an address as often as it is told; prints what came back each time, or why nothing did.
import { connect } from 'node:net';

const [host, times] = process.argv.slice(2) as [string, string];
const answers: string[] = [];
for (let time = 0; time < Number(times); time += 1) {
  let answer = '';
  try {
    for await (const data of connect({ host, port: 80 })) answer += String(data);
  } catch (error) {
    answer = String((error as NodeJS.ErrnoException).code);
  }
  answers.push(answer);
}
process.stdout.write(JSON.stringify(answers));
