// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Greeter} from "../src/Greeter.sol";

/// What the script asks of forge.
interface Vm {
    function startBroadcast() external;
    function stopBroadcast() external;
}

/// Deploys one greeter plainly and one at an address that its salt decides, and changes the first.
contract Deploy {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    bool public constant IS_SCRIPT = true;

    function run() external returns (address plain, address salted) {
        vm.startBroadcast();
        Greeter first = new Greeter("hello");
        Greeter second = new Greeter{salt: bytes32(uint256(1))}("salted");
        first.greet("changed");
        vm.stopBroadcast();
        return (address(first), address(second));
    }
}
