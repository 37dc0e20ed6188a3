// What static/vendor/stomp.min.js is made of.
export { Parser } from '@stomp/stompjs';
