// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// A contract that can be destroyed and created again at the same address.
contract Child {
    address public creator;
    uint256 public pokes;

    constructor() payable {
        creator = msg.sender;
    }

    receive() external payable {}

    function poke() external payable {
        pokes += 1;
    }

    /// `SELFDESTRUCT` with `heir`. From EIP-6780 on the contract lives on unless it was created in this transaction.
    function destroy(address payable heir) external {
        selfdestruct(heir);
    }
}

/// Creates children with `CREATE2`, so that a salt names one address for ever.
contract Factory {
    mapping(bytes32 salt => uint256) public created;

    function create(bytes32 salt) external payable {
        _create(salt);
    }

    function poke(bytes32 salt) external payable {
        Child(payable(child(salt))).poke{value: msg.value}();
    }

    function destroy(bytes32 salt, address payable heir) external {
        Child(payable(child(salt))).destroy(heir);
    }

    /// Creation and destruction in one transaction.
    function flash(bytes32 salt, address payable heir) external payable {
        Child fresh = _create(salt);
        fresh.poke();
        fresh.destroy(heir);
    }

    /// Destroys the child and tries to create it again before the transaction ends.
    function replace(bytes32 salt, address payable heir) external payable returns (bool replaced) {
        Child(payable(child(salt))).destroy(heir);
        try this.create(salt) {
            replaced = true;
        } catch {
            created[salt] += 1 << 128;
        }
    }

    /// Where the child of `salt` is or would be.
    function child(bytes32 salt) public view returns (address) {
        bytes32 code = keccak256(type(Child).creationCode);
        return address(uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), address(this), salt, code)))));
    }

    function _create(bytes32 salt) private returns (Child fresh) {
        fresh = new Child{salt: salt, value: msg.value}();
        created[salt] += 1;
    }
}
