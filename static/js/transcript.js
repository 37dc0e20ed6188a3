// A talk to keep: the button that prints it, and the link of a letter, whose secret is put into the form and out of the address bar. Only a person's press
// sends it: programs that look at links, some of which run scripts, use up nothing.
import { byId } from './lib/dom.js';

byId('print')?.addEventListener('click', () => print());

const secret = location.hash.slice(1);
if (secret && byId('open')) {
  byId('secret').value = secret;
  byId('secret-field').hidden = true;
  history.replaceState(null, '', location.pathname);
}
