"""The messages and enums of the contract, whose fields `proto/triglot/v1` describes. The stubs are in the modules `*_pb2_grpc`."""

from .glossary_service_pb2 import *
from .info_service_pb2 import *
from .queue_pb2 import *
from .summarization_service_pb2 import *
from .translation_service_pb2 import *
from .types_pb2 import *
