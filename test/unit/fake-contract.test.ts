import { FakeKernel } from 'ipvs/testing';
import { declareContract } from '../contract/contract.js';
import { makeFake } from '../contract/fake-subject.js';

declareContract(async (_t, options) => makeFake(new FakeKernel(options)));
