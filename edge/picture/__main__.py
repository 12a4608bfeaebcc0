"""The inside of `decoder.Decoder`'s process; its argument is the descriptor on which it is asked."""

import socket
import sys

import cv2

from edge.picture.decoder import packed
from edge.picture.zygote import serve

if __name__ == "__main__":
    cv2.setNumThreads(1)  # a fork has none of its parent's threads
    serve(socket.socket(fileno=int(sys.argv[1])), packed)
