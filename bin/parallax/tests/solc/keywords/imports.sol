import {Parallel} from "./Parallel.sol";
import "../../../Cargo.toml";

contract Imports {}
