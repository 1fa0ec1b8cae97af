// Compiles what is published.
import { compile } from './prepare.js';

compile();
