import { render } from 'preact';
import { App } from './App.js';
import { connect, connection } from './state/runs.js';

const root = document.getElementById('app')!;
root.textContent = '';
render(<App />, root);
connect().catch(() => connection.set('lost'));
