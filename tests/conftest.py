"""What every test may rely on."""

import signal
import threading

# A suite that a script starts in the background begins deaf to Ctrl-C, and so would the commands that its tests
# interrupt.
if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
