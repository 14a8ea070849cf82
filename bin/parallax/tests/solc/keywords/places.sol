contract Places {
    subsol [1] f();

    function f() public {
        assembly {
            subsol [1] f()
        }
        uint256 __parallax_slot0 = 1;
        string memory s = "subsol [1]"; // subsol [1];
    }
}
